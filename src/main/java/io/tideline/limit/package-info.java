/**
 * Limits that any part may use: each is one small class that knows nothing of what it limits, takes
 * its time as a parameter, and holds a bounded number of entries.
 *
 * <p>Any thread, unless the class says otherwise. Allowed imports: the JDK.
 */
package io.tideline.limit;
