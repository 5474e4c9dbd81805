export { type DataFolder, type DataFolderOptions, openDataFolder } from './dataFolder.ts';
export { dataFolderPath, type Program } from './place.ts';
export { makePrivateFolder, readPrivateFile, reasonOf, writePrivateFile } from './privateFile.ts';
