import { App } from 'aws-cdk-lib';
import { CloudStack } from './stack/cloud-stack.ts';
import { readSettings } from './stack/settings.ts';

const app = new App();
new CloudStack(app, 'sightline', readSettings(app.node.getAllContext()));
