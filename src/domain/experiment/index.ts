export { concludeExperiment, isSampleComplete, seenText, type Conclusion } from './conclude';
export { experimentCourse } from './course';
export { quantitiesOf, readingOf } from './measured';
export { experimentNotes } from './notes';
export { experimentFinding, shownIn, type Shown } from './shown';
export { sampleSize } from './sample-size';
export { type ExperimentDesign, type ExperimentMetric, type ExperimentStrategy } from './spec';
