import * as cdk from 'aws-cdk-lib';
import { ApiStack } from '../lib/api-stack';

const app = new cdk.App();
const models = {
  dev: 'amazon.nova-micro-v1:0',
  prod: 'amazon.nova-pro-v1:0',
};

for (const stage of ['dev', 'prod'] as const) {
  new ApiStack(app, `Api-${stage}`, { modelId: models[stage], summaryModel: app.node.tryGetContext('summaryModel') });
}
