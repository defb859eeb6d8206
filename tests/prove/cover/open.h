/* SPDX-License-Identifier: MIT */
/* Where no class opens, the links of the open ones stay. */
/*@ lemma open_kept{A,B,S}: \forall struct sweep *s, integer n;
        links_kept{A,B,S}(s, n) ==> tails_within{A}(s, n) ==> open_linked{A,S}(s) ==>
        open_linked{B,S}(s); */
