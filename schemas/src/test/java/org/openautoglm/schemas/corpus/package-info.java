/** Bad records that the tests of all modules share. */
package org.openautoglm.schemas.corpus;
