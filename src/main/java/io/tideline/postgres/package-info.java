/**
 * The log in PostgreSQL: {@link io.tideline.postgres.PgHistory} and what keeps it in shape. The
 * schema is in {@code db/migration}; what must be one transaction and one round trip is a function
 * there.
 *
 * <p>Concurrency: everything may be called from any thread and nothing blocks. Hibernate Reactive's
 * sessions run each on a context of their own; the statements on the hot path (append, page,
 * changes) use the reactive client beneath it ({@code docs/adr}). Correctness never rests on this
 * process: order comes from the lock on the channel's row, and what was lost on the way is looked
 * up in the journal.
 *
 * <p>Lifecycle: an object is ready once it is built, whether the database is there or not. A server
 * process is checked before it is used ({@code Epochs}), and again whenever another one answers.
 *
 * <p>Allowed imports: {@code stream}, {@code access}, {@code presence}, Vert.x and its SQL client,
 * Hibernate Reactive, Flyway.
 */
package io.tideline.postgres;
