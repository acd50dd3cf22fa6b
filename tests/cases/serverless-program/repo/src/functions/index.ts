export { default as reply } from './reply'
export { default as embed } from './embed'
