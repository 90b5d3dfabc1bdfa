/**
 * The live side of this node: what is published here or elsewhere moves to those who are subscribed
 * here.
 *
 * <p>A subscription is a cursor: a channel and the next offset. One pump moves it while its
 * connection can take more: from the channel's in-memory tail if what comes next is there, else
 * from a page of the log. First subscribe with replay, resume, a slow consumer, long-poll and a
 * reconnect storm are all this.
 *
 * <h2>Who may touch what, from which thread</h2>
 *
 * <ul>
 *   <li>A {@link io.tideline.loop.Lane} is one I/O thread. A {@link io.tideline.hub.Subscriber} (a
 *       connection), its {@link io.tideline.hub.Subscription}s and its {@link
 *       io.tideline.hub.Outlet} belong to one lane and are touched on it only; nothing of them is
 *       locked.
 *   <li>A {@code LocalChannel} (head and tail) has one writer, its home lane. All lanes read it.
 *   <li>The home lane wakes each lane that has subscribers once, however many publications arrive
 *       until that lane runs; the lane then moves all its cursors and flushes each connection once.
 * </ul>
 *
 * Nothing here blocks, and the work a lane does in one go is bounded. Allowed imports: the JDK,
 * {@code stream}, {@code access}, and Mutiny's {@code Uni} at the use cases.
 */
package io.tideline.hub;
