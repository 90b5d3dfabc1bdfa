/** Pages of a channel's history, and long-poll. */
package io.tideline.door.pages;
