/* SPDX-License-Identifier: MIT */
/* Entries of the same bytes say the same. */
/*@ lemma stated_base_as{A,B}: \forall uint8_t *a, *b, integer format;
        bytes_as{A,B}(a, b, smallest_stride(format)) ==>
        stated_base{A}(a, format) == stated_base{B}(b, format);
    lemma stated_bytes_as{A,B}: \forall uint8_t *a, *b, integer format;
        bytes_as{A,B}(a, b, smallest_stride(format)) ==>
        stated_bytes{A}(a, format) == stated_bytes{B}(b, format);
    lemma stated_kind_as{A,B}: \forall uint8_t *a, *b, integer format, wb;
        bytes_as{A,B}(a, b, smallest_stride(format)) ==>
        stated_kind{A}(a, format, wb) == stated_kind{B}(b, format, wb);
    lemma stated_rank_as{A,B}: \forall uint8_t *a, *b, integer format, wb, p, width;
        bytes_as{A,B}(a, b, smallest_stride(format)) ==>
        stated_rank{A}(a, format, wb, p, width) == stated_rank{B}(b, format, wb, p, width); */
