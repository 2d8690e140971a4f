/** The files that were dropped, also those in folders. Hidden files, such as those that systems put into folders, are left out. */
export async function filesIn(dropped: DataTransfer): Promise<File[]> {
  // The entries must be taken before the first pause: the browser clears them then.
  const entries = [...dropped.items].map((each) => each.webkitGetAsEntry()).filter((each) => each !== null);
  if (!entries.length) return [...dropped.files];
  return (await Promise.all(entries.map(filesBelow))).flat();
}

async function filesBelow(entry: FileSystemEntry): Promise<File[]> {
  if (entry.name.startsWith(".")) return [];
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [file];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: File[] = [];
  for (;;) {
    // A folder is read in parts, of which the last is empty.
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (!part.length) return found;
    for (const each of part) found.push(...(await filesBelow(each)));
  }
}
