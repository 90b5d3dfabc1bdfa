/**
 * Limits that any part may use: a rate, a number per key, a pause that grows.
 *
 * <p>Allowed imports: the JDK.
 */
package io.tideline.limit;
