export { concludeExperiment, isSampleComplete, seenText, type Conclusion } from './conclude';
export { experimentCourse, type ExperimentStage } from './course';
export { quantitiesOf, readingOf } from './measured';
export { experimentNotes } from './notes';
export { sampleSize, type SampleSize } from './sample-size';
export type { ExperimentDesign, ExperimentMetric, ExperimentStrategy } from './spec';
