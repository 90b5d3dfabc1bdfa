/** History by pages, and long-poll, which is a page that waits. */
package io.tideline.transport.longpoll;
