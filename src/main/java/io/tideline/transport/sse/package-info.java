/** Event streams, of one channel and of several. */
package io.tideline.transport.sse;
