/** Writers: how the bytes of a response leave, through Netty's pipeline or the API of Vert.x. */
package io.tideline.net.out;
