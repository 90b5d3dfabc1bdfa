/**
 * Delivery under everything that can happen to it, decided by a seed: some nodes with the real live
 * side ({@code io.tideline.hub}) on lanes of virtual time, one log that answers late or not at all,
 * a backplane that loses, repeats and reorders, clients that stall, leave and come back elsewhere,
 * crashes, pauses, retention, purges and new epochs. All on one thread, so a seed does the same
 * again.
 *
 * <p>After every event, and at everything that a client receives, the promises are checked; when
 * the weather has been calm for a while, so is what everyone has reached, and when all are gone,
 * whether the books are clean.
 *
 * <ul>
 *   <li>{@code ./mvnw test -Dtest=SimulationTest}: the seeds of every build
 *   <li>{@code -Dsimulation.runs=20000}: more of them; {@code -Dsimulation.seed=4711}: from this
 *       one on, alone if no number of runs is given
 * </ul>
 *
 * A failure names its seed and tells what happened before.
 */
package io.tideline.simulation;
