//! A **hash** stands for a text where the text itself is not to be kept: the first eight bytes of its
//! SHA-256, little-endian. It is the same on every machine and in every version.

use sha2::{Digest, Sha256};

/// The hash of a text.
pub(crate) fn hash(text: impl AsRef<[u8]>) -> u64 {
    let digest: [u8; 32] = Sha256::digest(text).into();
    let (first, _) = digest.as_chunks::<8>();
    u64::from_le_bytes(first[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 of "abc" begins with ba7816bf 8f01cfea (FIPS 180-2, appendix B.1).
    #[test]
    fn the_hash_is_the_beginning_of_sha_256() {
        assert_eq!(
            hash("abc"),
            u64::from_be_bytes([0xea, 0xcf, 0x01, 0x8f, 0xbf, 0x16, 0x78, 0xba])
        );
    }
}
