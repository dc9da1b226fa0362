export { chartOf } from './data';
export { chartSvg } from './chart';
