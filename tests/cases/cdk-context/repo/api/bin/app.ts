import * as cdk from 'aws-cdk-lib';
import { ApiStack } from '../lib/stack';

const app = new cdk.App();
new ApiStack(app, 'Api', {
  chatModel: app.node.tryGetContext('chatModel'),
  rankModel: app.node.tryGetContext('rankModel'),
  sumModel: app.node.tryGetContext('sumModel'),
});
