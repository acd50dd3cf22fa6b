import * as cdk from 'aws-cdk-lib';
import { BotStack } from '../lib/bot-stack';

new BotStack(new cdk.App(), 'Bot');
