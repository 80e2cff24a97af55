// Notebook instances: the operations of SageMaker's API. An instance is in service at once, and nothing runs in it.
import type { Account } from './account';
import { type ListInput, listPage } from './lists';
import type { NotebookInstance } from './resources';
import { invalid, type Operations } from './service';
import type { Tag } from './tags';

export function notebookInstanceOperations({ behaviour, notebookInstances }: Account): Operations {
  return {
    'SageMaker.CreateNotebookInstance': ({ Tags, ...request }: NotebookInstance & { Tags?: Tag[] }) => {
      const name = request.NotebookInstanceName;
      if (notebookInstances.find(name)) {
        throw invalid(`Cannot create already existing notebook instance "${name}".`);
      }
      const now = behaviour.clock.now();
      const created = { ...request, NotebookInstanceStatus: 'InService' as const };
      const item = { ...created, CreationTime: now, LastModifiedTime: now };
      return { NotebookInstanceArn: notebookInstances.add(name, item, Tags) };
    },
    'SageMaker.DescribeNotebookInstance': ({ NotebookInstanceName }: { NotebookInstanceName: string }) =>
      notebookInstances.get(NotebookInstanceName),
    'SageMaker.ListNotebookInstances': (input: ListInput) =>
      listPage(
        notebookInstances.entries().map(({ name, arn, item }) => ({
          name,
          status: item.NotebookInstanceStatus,
          shown: { ...item, NotebookInstanceArn: arn },
        })),
        'NotebookInstances',
        input,
      ),
  };
}
