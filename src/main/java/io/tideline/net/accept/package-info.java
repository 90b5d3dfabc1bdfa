/**
 * Limits on connections and requests while they arrive: per address, per second, and in time,
 * before anything is known of their sender.
 */
package io.tideline.net.accept;
