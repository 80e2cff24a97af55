// Amazon ECR's control plane: repositories, the images in them, and the registry's password. pushImage.ts pushes.
import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr';
import { explainAwsError } from '../account/errors';

/** The actions on the repository that publishing needs. */
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

/** The actions on ECR as a whole, `"Resource": "*"`, that publishing needs. */
export const registryActions = ['ecr:GetAuthorizationToken'] as const;

/** Advice for a missing permission. */
export const permissions =
  `Publishing needs ${[...registryActions, ...repositoryActions].join(', ')}. AmazonSageMakerFullAccess allows them for ` +
  'repositories with "sagemaker" in their name, except ecr:TagResource, without which a new repository has no tags.';

export interface Repository {
  /** Address to push images to: …amazonaws.com/NAME */
  readonly uri: string;
  /** Whether the repository existed or was created. */
  readonly state: 'found' | 'created' | 'created without tags';
}

/** An image in ECR. */
export interface StoredImage {
  /** Digest of the manifest. */
  readonly digest: string;
  /** Digest of the configuration; an index of several images has none. */
  readonly configDigest: string | undefined;
  readonly mediaType: string | undefined;
  /** Compressed size of all layers. */
  readonly sizeInBytes: number;
}

export interface RepositorySettings {
  /** @default none */
  tags?: Readonly<Record<string, string>>;
  /** @default ECR's own key */
  kmsKey?: string | undefined;
}

export interface Ecr {
  /** Finds a repository, or creates it with these tags, this key and scanning on push. */
  openRepository(name: string, settings: RepositorySettings): Promise<Repository>;
  /** Returns the registry's password for the user AWS, valid for some hours. */
  getPassword(): Promise<string>;
  /** Returns the image with a tag or digest; undefined if there is none. */
  findImage(repository: string, id: ImageId): Promise<StoredImage | undefined>;
}

export type ImageId = { readonly imageTag: string } | { readonly imageDigest: string };

export interface EcrOptions {
  /** @default AWS_REGION, AWS_DEFAULT_REGION or the profile's */
  region?: string | undefined;
  /** Ends open requests. */
  signal: AbortSignal;
}

/**
 * Connects to ECR with the credentials that the SDK finds. AWS_ENDPOINT_URL redirects it. The methods throw a
 * {@link UserError} for the causes that {@link explainAwsError} knows.
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

  async function createRepository(name: string, { tags = {}, kmsKey }: RepositorySettings): Promise<string> {
    const command = new CreateRepositoryCommand({
      repositoryName: name,
      imageScanningConfiguration: { scanOnPush: true },
      ...(kmsKey && { encryptionConfiguration: { encryptionType: 'KMS', kmsKey } }),
      tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    });
    const { repository } = await explain(client.send(command, { abortSignal }));
    return expectPresent(repository?.repositoryUri, 'repositoryUri');
  }

  return {
    async openRepository(name, settings) {
      const uri = await describeRepository(name);
      if (uri) return { uri, state: 'found' };
      try {
        return { uri: await createRepository(name, settings), state: 'created' };
      } catch (error) {
        const { message } = error as Error;
        if (!message.includes('to perform: ecr:TagResource')) throw error;
        return {
          uri: await createRepository(name, { ...settings, tags: {} }),
          state: 'created without tags',
        };
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

/** The fields of a Docker or OCI manifest that this file reads. */
interface Manifest {
  mediaType?: string;
  config?: Blob;
  layers?: Blob[];
}

interface Blob {
  digest: string;
  size: number;
}

async function explain<Response>(response: Promise<Response>): Promise<Response> {
  try {
    return await response;
  } catch (error) {
    throw explainAwsError(error, 'ECR', permissions);
  }
}

function expectPresent(value: string | undefined, name: string): string {
  if (value === undefined) throw new Error(`ECR’s response has no ${name}`);
  return value;
}
