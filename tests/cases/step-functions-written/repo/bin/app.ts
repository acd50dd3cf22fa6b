import * as cdk from 'aws-cdk-lib';
import { FlowStack } from '../lib/flow-stack';

new FlowStack(new cdk.App(), 'Flow');
