/** How a PostgreSQL of Belay's own is run. */
export interface PostgresOptions {
  /** Everything of it lies in `<state dir>/postgres`. */
  stateDir: string;
  /** A free one when absent. A server that is adopted keeps its own. */
  port?: number;
  /**
   * For tests: nothing is forced to the disk, it ends with this process, however that ends, and its folder goes
   * with it; the state folder too, if nothing else is in it.
   */
  throwaway?: boolean;
}
