// The library resolves its parts by reflection, so the polyfill has to be there before it is loaded.
import 'reflect-metadata';

export * from '@peculiar/x509';
