// Resources that only hold what a request said.

export interface Model {
  request: { ModelName: string; PrimaryContainer: { ModelDataUrl?: string; ModelPackageName?: string } };
  CreationTime: number;
}

export interface ModelPackage {
  group: string;
  version: number;
  request: {
    ModelApprovalStatus: string;
    InferenceSpecification: { Containers: { Image: string; ModelDataUrl: string }[] };
  };
  CreationTime: number;
}

export interface EndpointConfig {
  request: {
    EndpointConfigName: string;
    ProductionVariants: { VariantName: string; ModelName: string; InstanceType?: string }[];
  };
  CreationTime: number;
}

export interface NotebookInstance {
  NotebookInstanceName: string;
  InstanceType: string;
  RoleArn: string;
  NotebookInstanceStatus: 'InService';
  CreationTime: number;
  LastModifiedTime: number;
}

export interface TargetId {
  ServiceNamespace: string;
  ResourceId: string;
  ScalableDimension: string;
}

export interface ScalingPolicy extends TargetId {
  PolicyName: string;
}

export interface ScalableTarget extends TargetId {
  MinCapacity: number;
  MaxCapacity: number;
  CreationTime: number;
  policies: ScalingPolicy[];
}

export interface Alarm {
  request: { AlarmName: string; MetricName: string; Threshold: number };
  since: number;
}

export interface Schedule {
  Name: string;
  GroupName?: string;
  Description?: string;
  ScheduleExpression: string;
  ScheduleExpressionTimezone?: string;
  ActionAfterCompletion?: 'DELETE' | 'NONE';
  Target: { Arn: string; RoleArn: string; Input?: string };
  CreationDate: number;
}
