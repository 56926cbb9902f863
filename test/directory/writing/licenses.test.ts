import { describe, expect, it } from 'vitest';
import { deleted, Mirrored, user } from './hand-made.ts';

const held = (skuId: string, disabledPlans: readonly string[] = []) => ({ skuId, disabledPlans });
const licenses = (mirror: Mirrored) =>
  mirror.list("SELECT userId, skuId, coalesce(skuPartNumber, '-'), disabledPlans FROM licenses ORDER BY userId, skuId");

describe('the table of licenses', () => {
  it('follows the users', () => {
    const mirror = new Mirrored();
    mirror.writer.nameProducts(mirror.now, { s1: 'SPE_E5' });
    mirror.loaded([
      user('u1', { assignedLicenses: [held('s1', ['p1']), held('s2')] }),
      user('u2', { assignedLicenses: [] }),
      user('u3', { assignedLicenses: null }),
    ]);
    expect(licenses(mirror)).toEqual(['u1 s1 SPE_E5 ["p1"]', 'u1 s2 - []']);
    mirror.page('users', { id: 'u2', assignedLicenses: [held('s2')] }, { id: 'u1', assignedLicenses: [held('s1')] });
    expect(licenses(mirror)).toEqual(['u1 s1 SPE_E5 []', 'u2 s2 - []']);
    mirror.page('users', { id: 'u2', city: 'Oslo' }, user('u4', { assignedLicenses: [held('s1')] }));
    expect(licenses(mirror)).toEqual(['u1 s1 SPE_E5 []', 'u2 s2 - []', 'u4 s1 SPE_E5 []']);
    mirror.page('users', deleted('u4'), { id: 'u1', assignedLicenses: [] });
    expect(licenses(mirror)).toEqual(['u2 s2 - []']);
    mirror.page('users', user('u4', { assignedLicenses: [held('s1')] }));
    expect(licenses(mirror)).toEqual(['u2 s2 - []', 'u4 s1 SPE_E5 []']);
    mirror.reset('users');
    mirror.page(
      'users',
      user('u1', { assignedLicenses: [held('s2')] }),
      user('u4', { assignedLicenses: [held('s1')] }),
    );
    expect(licenses(mirror)).toEqual(['u1 s2 - []', 'u4 s1 SPE_E5 []']);
  });

  it('holds each once where the first load tells of users twice, or of some who are gone', () => {
    const mirror = new Mirrored();
    mirror.part('users', user('u1', { assignedLicenses: [held('s1'), held('s2')] }));
    mirror.part('users', user('u2', { assignedLicenses: [held('s1')] }));
    mirror.loaded([user('u1', { assignedLicenses: [held('s2')] }), deleted('u2')]);
    expect(licenses(mirror)).toEqual(['u1 s2 - []']);
  });

  it('knows the names of an earlier sync, whoever made it', () => {
    const mirror = new Mirrored();
    mirror.writer.nameProducts(mirror.now, { s1: 'SPE_E5' });
    mirror.loaded([]);
    mirror.restarted();
    mirror.page('users', user('u1', { assignedLicenses: [held('s1')] }));
    expect(licenses(mirror)).toEqual(['u1 s1 SPE_E5 []']);
  });

  it('takes new names of products, also for who holds them already', () => {
    const mirror = new Mirrored().loaded([user('u1', { assignedLicenses: [held('s1'), held('s2')] })]);
    mirror.writer.nameProducts(mirror.now, { s1: 'OLD', s2: 'TWO' });
    mirror.writer.nameProducts(mirror.now, { s1: 'NEW', s9: 'NINE' });
    expect(licenses(mirror)).toEqual(['u1 s1 NEW []', 'u1 s2 TWO []']);
    expect(mirror.told).toEqual([]);
  });
});
