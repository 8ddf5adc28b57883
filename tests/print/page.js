// A page in Chromium: no message on the console, nothing asked of the network, no fault of accessibility.
const { chromium } = require("playwright-core");
const fs = require("fs");
const path = require("path");

(async () => {
  const file = path.resolve(process.argv[2]);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const faults = [];
  page.on("console", (message) => faults.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith("file:") && !request.url().startsWith("data:")) faults.push(`asks for ${request.url()}`);
  });
  await page.goto(`file://${file}`);
  await page.evaluate(fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
  const result = await page.evaluate(() => window.axe.run());
  for (const violation of result.violations) {
    faults.push(`${violation.id}: ${violation.help} (${violation.nodes.length}), such as ${violation.nodes[0].html.slice(0, 120)}`);
  }
  await browser.close();
  if (faults.length > 0) {
    console.error(faults.join("\n"));
    process.exit(1);
  }
})();
