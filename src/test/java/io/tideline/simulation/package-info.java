/**
 * Delivery under everything that can happen to it, decided by a seed: some nodes with the real live
 * side ({@code io.tideline.hub}) on lanes of virtual time, one log, a backplane, and clients. All
 * on one thread, so a seed does the same again.
 *
 * <p>What happens:
 *
 * <ul>
 *   <li>to nodes: crashes (also between commit and announcement), standstills too short to be
 *       noticed and longer ones, clocks that are set, rolling restarts by draining, new ones
 *   <li>to the database: it is away for all or for one node, slow, fails before or after it has
 *       stored, and is found out to have stored; its journal forgets; retention, purges, new
 *       epochs, with and without lost messages
 *   <li>to the backplane: it is down for all or one node, loses, repeats, delays, reorders, and
 *       leaves the messages out
 *   <li>by clients: they stall, are slow, leave, come back elsewhere with their positions or begin
 *       anew, subscribe twice, renew their tokens, let them expire, are revoked
 *   <li>by publishers: one message, many, many together, keys, conditions, repetitions elsewhere
 * </ul>
 *
 * <p>After every event, at everything that a client receives, and several times a second, the
 * promises are checked; when it has become calm, so is what everyone has reached, and with some
 * seeds, when all are gone, whether the books are clean.
 *
 * <table>
 * <caption>What shows that a promise is broken; for each there is a break that only has to be found
 * by this, see {@code bench/mutations}</caption>
 * <tr><td>P1</td><td>an answer names a place where something else or nothing is stored</td></tr>
 * <tr><td>P2</td><td>a message comes that isn't the next one, or isn't what was stored; in the calm
 *     somebody stays behind the head</td></tr>
 * <tr><td>P3</td><td>a message comes after a hole, or a gap that isn't one is told</td></tr>
 * <tr><td>P4</td><td>a message is stored twice, or stored and refused; a repetition is answered with
 *     another place</td></tr>
 * <tr><td>P5</td><td>more is written than there is room for</td></tr>
 * <tr><td>P6</td><td>what a node knows, or "from now on" on it, is older than the sweep allows</td></tr>
 * <tr><td>P7</td><td>a connection ends that is neither too slow nor has lost its right; a publish
 *     is never answered</td></tr>
 * <tr><td>P8</td><td>a connection stays a second after its token has expired or was revoked</td></tr>
 * <tr><td>P9</td><td>a node asks for a page that is on its way to it</td></tr>
 * <tr><td>P10</td><td>a drain ends connections faster than its window allows, without a word, or
 *     leaves some</td></tr>
 * </table>
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
