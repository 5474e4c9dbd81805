export { Empty } from './Empty.tsx';
export { Loading } from './Loading.tsx';
export { Notice } from './Notice.tsx';
export { PageHeading } from './PageHeading.tsx';
export { Panel } from './Panel.tsx';
export { Rows } from './Rows.tsx';
