// What an exported file holds, read by programs that know nothing of ours: the ids of its records.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Python's own readers: XLSX is XML in a zip, GeoPackage is SQLite. */
const READERS = {
  xlsx: `
import re, sys, zipfile
book = zipfile.ZipFile(sys.argv[1])
assert book.testzip() is None
rows = re.findall('<row .*?</row>', book.read('xl/worksheets/sheet1.xml').decode(), re.S)
text = re.compile('<c r="A[0-9]+"[^>]*>.*?<t[^>]*>(.*?)</t>', re.S)
shared = []
if 'xl/sharedStrings.xml' in book.namelist():
    shared = re.findall('<t[^>]*>(.*?)</t>', book.read('xl/sharedStrings.xml').decode(), re.S)
for row in rows[1:]:
    inline = text.search(row)
    print(inline.group(1) if inline else shared[int(re.search('<v>(.*?)</v>', row).group(1))])
`,
  gpkg: `
import sqlite3, sys
file = sqlite3.connect(sys.argv[1])
assert file.execute('pragma integrity_check').fetchone() == ('ok',)
(table,) = file.execute('select table_name from gpkg_contents').fetchone()
for (id,) in file.execute('select id from "%s"' % table):
    print(id)
`,
};

/** Rows of a CSV text; quoted fields may hold line breaks. */
const csvIds = (text) =>
  text
    .replaceAll(/"(?:[^"]|"")*"/g, '')
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .slice(1)
    .map((line) => line.split(/[,;]/)[0]);

/** Ids of the records of a file, sorted. */
export function idsIn(format, path) {
  const ids = format === 'csv' ? csvIds(readFileSync(path, 'utf8')) : execFileSync('python3', ['-c', READERS[format], path], { encoding: 'utf8' }).split('\n').filter((line) => line !== '');
  return ids.sort();
}
