// What a person does with the report: open, filter, expand, follow a link, by mouse and by keyboard; at 1,000 cases in no time.
//
//     node page.js PAGE.html LARGE.html CHROMIUM FOLDER-FOR-SCREENSHOTS
const assert = require('assert');
const { chromium } = require('playwright-core');
const [page, large, executablePath, shots] = process.argv.slice(2);

async function shown(p) {
  return p.locator('details.case:visible').count();
}

async function visit(browser) {
  const p = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  const problems = [];
  p.on('console', m => m.type() === 'error' && problems.push(m.text()));
  p.on('pageerror', e => problems.push(String(e)));
  p.on('request', r => r.url().startsWith('file:') || problems.push('asks the network for ' + r.url()));
  await p.goto('file://' + page);
  const all = await p.locator('details.case').count();
  assert(all > 0 && await shown(p) === all);
  await p.screenshot({ path: shots + '/overview.png' });

  await p.uncheck('input[value=pass]');
  const failed = await p.locator('details.case[data-verdict=fail]').count();
  assert.strictEqual(await p.locator('details.case[data-verdict=pass]:visible').count(), 0);
  await p.keyboard.press('/');
  await p.keyboard.type('no such case at all');
  assert.strictEqual(await shown(p), 0);
  assert.match(await p.textContent('#told'), /^0 of /);
  await p.fill('#search', '');
  await p.check('input[value=pass]');
  assert.strictEqual(await shown(p), all);

  // A square of the grid leads to its case, opened.
  assert(failed > 0);
  await p.locator('a.q.fail').first().click();
  const target = await p.evaluate(() => location.hash.slice(1));
  const one = p.locator('#' + target);
  assert(await one.evaluate(e => e.open));
  assert(await one.locator('svg.seq').isVisible());
  assert(await one.locator('.source .here').isVisible());
  await one.screenshot({ path: shots + '/case.png' });

  // By keyboard: the summary has the focus and closes with Enter.
  await p.keyboard.press('Enter');
  assert(!await one.evaluate(e => e.open));
  await p.click('#open');
  assert.strictEqual(await p.locator('details.case[open]').count(), all);
  await p.click('#close');
  assert.strictEqual(await p.locator('details.case[open]').count(), 0);

  // What is told by a picture is told in words too, and every control has a name.
  for (const svg of await p.locator('svg.seq').all())
    assert(await svg.evaluate(e => document.getElementById(e.getAttribute('aria-labelledby')).textContent.length > 0));
  for (const control of await p.locator('input,button').all())
    assert(await control.evaluate(e => e.labels && e.labels.length || e.textContent || e.getAttribute('aria-label')));
  assert.deepStrictEqual(problems, []);
  await p.close();
}

async function looks(browser) {
  const dark = await browser.newPage({ viewport: { width: 1280, height: 1000 }, colorScheme: 'dark' });
  await dark.goto('file://' + page);
  const ground = await dark.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert(ground.match(/\d+/g).every(n => Number(n) < 60), ground);
  await dark.screenshot({ path: shots + '/dark.png' });
  await dark.emulateMedia({ media: 'print' });
  assert(!await dark.locator('.bar').isVisible());
  await dark.close();
  const narrow = await browser.newPage({ viewport: { width: 400, height: 800 } });
  await narrow.goto('file://' + page);
  assert(await narrow.evaluate(() => document.documentElement.scrollWidth) <= 400, 'the page is wider than a narrow window');
  await narrow.close();
  const plain = await browser.newContext({ javaScriptEnabled: false });
  const still = await plain.newPage();
  await still.goto('file://' + page);
  await still.locator('details.case.fail summary').first().click();
  assert(await still.locator('details.case.fail .what').first().isVisible());
  await plain.close();
}

async function time(browser) {
  const p = await browser.newPage();
  const begin = Date.now();
  await p.goto('file://' + large);
  const opened = Date.now();
  await p.fill('#search', 'case-999');
  const filtered = Date.now();
  const count = await p.locator('details.case').count();
  assert.strictEqual(await shown(p), count / 1000);
  console.log(`${count} cases: opened in ${opened - begin} ms, filtered in ${filtered - opened} ms`);
  await p.close();
}

(async () => {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    await visit(browser);
    await looks(browser);
    await time(browser);
  } finally {
    await browser.close();
  }
})().catch(e => {
  console.error(e);
  process.exit(1);
});
