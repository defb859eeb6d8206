/* SPDX-License-Identifier: MIT */
/* An input that stays says the same of each page. */
/*@ lemma source_rank_stays{A,B}: \forall struct memmap_input *in, integer p, width;
        input_stays{A,B}(in) ==> source_rank{A}(\at(&in->source, A), p, width) ==
        source_rank{B}(\at(&in->source, B), p, width);
    lemma all_claims_stay{A,B}: \forall struct memmap_input *in, integer p;
        input_stays{A,B}(in) ==> claims_rank{A}(\at(in->claims, A), \at(in->claim_count, A), p) ==
        claims_rank{B}(\at(in->claims, B), \at(in->claim_count, B), p);
    lemma input_rank_stays{A,B}: \forall struct memmap_input *in, integer p;
        input_stays{A,B}(in) ==> input_rank{A}(in, p) == input_rank{B}(in, p);
    lemma rank_alone{L}: \forall struct memmap_input *in, integer p; 0 <= in->source.count ==>
        in->claim_count == 0 ==>
        input_rank(in, p) == source_rank(&in->source, p, width_of(in)); */
