/** REST: publish, batches, channels as a whole. A method decodes, calls one use case, encodes. */
package io.tideline.transport.http;
