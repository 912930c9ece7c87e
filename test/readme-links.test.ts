import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryFiles, root } from './support.ts';

/** The anchors that GitHub gives to a page's headings. */
function anchors(markdown: string): Set<string> {
  const headings = [...markdown.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+\s+(.+)$/gm)];
  const slug = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
  return new Set(headings.map((match) => slug(match[1])));
}

function links(markdown: string): string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]);
}

const pages = repositoryFiles('*.md').filter((page) => existsSync(join(root, page)));

describe('links in pages', () => {
  it.each(pages)('lead somewhere: %s', (page) => {
    const markdown = readFileSync(join(root, page), 'utf8');
    const broken = links(markdown)
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [path, anchor] = link.split('#');
        const target = path === '' ? page : normalize(join(dirname(page), path));
        if (!existsSync(join(root, target))) return true;
        if (anchor === undefined || !target.endsWith('.md')) return false;
        return !anchors(readFileSync(join(root, target), 'utf8')).has(anchor);
      });
    expect(broken).toEqual([]);
  });
});
