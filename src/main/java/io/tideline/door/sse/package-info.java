/** Event streams (SSE) of one channel or of several. */
package io.tideline.door.sse;
