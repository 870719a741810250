import { afterAll, beforeAll, describe } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { containerDescribe } from './container-describe.ts';
import { complaints, recovery } from './proof/complaints.ts';
import { cuts } from './proof/cuts.ts';
import { deaths } from './proof/deaths.ts';
import { endings } from './proof/endings.ts';
import { firstFaces } from './proof/first-faces.ts';
import { hardening } from './proof/hardening.ts';
import { impostors } from './proof/impostors.ts';
import { rotation } from './proof/rotation.ts';
import { strangers } from './proof/strangers.ts';
import { walls } from './proof/walls.ts';
import { Site } from './site/site.ts';

containerDescribe('a device and a cloud in containers, joined by the TLS port alone', () => {
  let built: Site | undefined;
  let isUp = false;
  const site = (): Site => {
    if (!built || !isUp) throw new Error('Expected both sides to be up, but they did not start');
    return built;
  };

  beforeAll(async () => {
    built = new Site(await freePort());
    await built.start();
    isUp = true;
  });

  afterAll(async () => {
    if (process.env.SIGHTLINE_TEST_KEEP !== '1') await built?.remove();
  });

  describe('first faces', () => firstFaces(site));
  describe('walls', () => walls(site));
  describe('hardening', () => hardening(site));
  describe('strangers', () => strangers(site));
  describe('impostors', () => impostors(site));
  describe('complaints', () => complaints(site));
  describe('cuts', () => cuts(site));
  describe('recovery', recovery);
  describe('deaths', () => deaths(site));
  describe('rotation', () => rotation(site));
  describe('endings', () => endings(site));
});
