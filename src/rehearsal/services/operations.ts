// The table of every operation that the rehearsal answers itself. moto answers S3, IAM, STS, logs and ECR.
import type { Account } from './account';
import { alarmOperations } from './alarms';
import { endpointConfigOperations } from './endpointConfigs';
import { endpointOperations } from './endpoints';
import { modelPackageOperations } from './modelPackages';
import { modelOperations } from './models';
import { notebookInstanceOperations } from './notebookInstances';
import { type Figures, figureOperations } from './prices';
import { scalingOperations } from './scaling';
import { scheduleOperations } from './schedules';
import type { Operations } from './service';
import { tagOperations } from './tags';
import { trainingJobOperations } from './trainingJobs';
import { transformJobOperations } from './transformJobs';
import { tuningJobOperations } from './tuningJobs';

/** Services whose operations moto never sees. */
export const ownServices = [
  'SageMaker',
  'AnyScaleFrontendService',
  'Scheduler',
  'GraniteServiceVersion20100801',
];

export function createOperations(account: Account, figures: Figures): Operations {
  return {
    ...trainingJobOperations(account),
    ...transformJobOperations(account),
    ...tuningJobOperations(account),
    ...modelOperations(account),
    ...modelPackageOperations(account),
    ...endpointConfigOperations(account),
    ...endpointOperations(account),
    ...notebookInstanceOperations(account),
    ...tagOperations(account.tags),
    ...scalingOperations(account),
    ...scheduleOperations(account),
    ...alarmOperations(account),
    ...figureOperations(figures),
  };
}
