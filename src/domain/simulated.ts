/** What a person must not miss about a simulated deployment, in the same words wherever it shows: people search for them. */
export const SIMULATED = 'SIMULATED: NOTHING WAS CHANGED';
