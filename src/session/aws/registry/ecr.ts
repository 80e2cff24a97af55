// Amazon ECR's control plane: the repository, what lies in it, and the password for its registry. Pushing is the Docker
// engine's (pushImage.ts).
import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr';
import { explainAwsError } from '../account/errors';

/** The actions that publishing takes on the repository. */
export const repositoryActions = [
  'ecr:DescribeRepositories',
  'ecr:CreateRepository',
  'ecr:TagResource',
  'ecr:BatchGetImage',
  'ecr:BatchCheckLayerAvailability',
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
  'ecr:PutImage',
] as const;

/** The actions that publishing takes on ECR as a whole, `"Resource": "*"`. */
export const registryActions = ['ecr:GetAuthorizationToken'] as const;

/** For those who are refused something. */
export const permissions =
  `Publishing needs ${[...registryActions, ...repositoryActions].join(', ')}. AmazonSageMakerFullAccess allows them ` +
  'where the repository’s name holds "sagemaker", except for ecr:TagResource, without which it is created untagged.';

export interface Repository {
  /** Where images are pushed to: …amazonaws.com/NAME */
  readonly uri: string;
  /** What was done to have it. */
  readonly state: 'found' | 'created' | 'created without tags';
}

/** An image as ECR has it. */
export interface StoredImage {
  /** Of its manifest. */
  readonly digest: string;
  /** Of its configuration; an index of several images has none. */
  readonly configDigest: string | undefined;
  readonly mediaType: string | undefined;
  /** Compressed, with all layers. */
  readonly sizeInBytes: number;
}

export interface Ecr {
  /** The repository of that name, created where there is none: scanned on push, with these tags. */
  openRepository(name: string, tags: Readonly<Record<string, string>>): Promise<Repository>;
  /** The password of the user AWS, which opens the registry for some hours. */
  getPassword(): Promise<string>;
  /** The image with that tag or digest, or undefined. */
  findImage(repository: string, id: ImageId): Promise<StoredImage | undefined>;
}

export type ImageId = { readonly imageTag: string } | { readonly imageDigest: string };

export interface EcrOptions {
  /** @default AWS_REGION, AWS_DEFAULT_REGION or the profile's */
  region?: string | undefined;
  /** Ends the requests that are under way. */
  signal: AbortSignal;
}

/**
 * ECR with the credentials that AWS's clients find by themselves; AWS_ENDPOINT_URL sends them elsewhere. The methods
 * throw a {@link UserError} for the causes that {@link explainAwsError} knows.
 */
export function connectEcr({ region, signal: abortSignal }: EcrOptions): Ecr {
  const chosen = region || process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION;
  const client = new ECRClient(chosen ? { region: chosen } : {});

  async function describeRepository(name: string): Promise<string | undefined> {
    const command = new DescribeRepositoriesCommand({ repositoryNames: [name] });
    try {
      const { repositories } = await explain(client.send(command, { abortSignal }));
      return repositories?.[0]?.repositoryUri;
    } catch (error) {
      if ((error as Error).name === 'RepositoryNotFoundException') return undefined;
      throw error;
    }
  }

  async function createRepository(name: string, tags: Readonly<Record<string, string>>): Promise<string> {
    const command = new CreateRepositoryCommand({
      repositoryName: name,
      imageScanningConfiguration: { scanOnPush: true },
      tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    });
    const { repository } = await explain(client.send(command, { abortSignal }));
    return expectPresent(repository?.repositoryUri, 'repositoryUri');
  }

  return {
    async openRepository(name, tags) {
      const uri = await describeRepository(name);
      if (uri) return { uri, state: 'found' };
      try {
        return { uri: await createRepository(name, tags), state: 'created' };
      } catch (error) {
        const { message } = error as Error;
        if (!message.includes('to perform: ecr:TagResource')) throw error;
        return { uri: await createRepository(name, {}), state: 'created without tags' };
      }
    },

    async getPassword() {
      const command = new GetAuthorizationTokenCommand({});
      const { authorizationData } = await explain(client.send(command, { abortSignal }));
      const token = expectPresent(authorizationData?.[0]?.authorizationToken, 'authorizationToken');
      return Buffer.from(token, 'base64').toString().replace(/^AWS:/, '');
    },

    async findImage(repositoryName, imageId) {
      const command = new BatchGetImageCommand({ repositoryName, imageIds: [imageId] });
      const { images } = await explain(client.send(command, { abortSignal }));
      const [image] = images ?? [];
      if (!image) return undefined;
      const manifest = JSON.parse(expectPresent(image.imageManifest, 'imageManifest')) as Manifest;
      return {
        digest: expectPresent(image.imageId?.imageDigest, 'imageDigest'),
        configDigest: manifest.config?.digest,
        mediaType: image.imageManifestMediaType ?? manifest.mediaType,
        sizeInBytes: (manifest.layers ?? []).reduce(
          (sum, { size }) => sum + size,
          manifest.config?.size ?? 0,
        ),
      };
    },
  };
}

/** A registry's manifest, Docker's or OCI's, as far as it is read here. */
interface Manifest {
  mediaType?: string;
  config?: Blob;
  layers?: Blob[];
}

interface Blob {
  digest: string;
  size: number;
}

async function explain<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw explainAwsError(error, 'ECR', permissions);
  }
}

function expectPresent(value: string | undefined, name: string): string {
  if (value === undefined) throw new Error(`ECR answered without ${name}`);
  return value;
}
