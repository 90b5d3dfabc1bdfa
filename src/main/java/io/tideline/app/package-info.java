/**
 * The application: what is prepared before Quarkus starts, how the parts are wired, and how they
 * start and stop.
 *
 * <p>{@link io.tideline.app.Tideline} is the entry. Before the framework boots, {@link
 * io.tideline.app.FirstRun} supplies what the configuration leaves out (a database, a key) as
 * system properties; from there on all parts read one configuration. After the framework has
 * stopped, what was supplied is taken back in reverse order.
 *
 * <p>This package may use every other; none may use it.
 */
package io.tideline.app;
