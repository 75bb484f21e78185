//! A **cue** is a word that the furniture of pages is made of, in Indonesian or in the English that
//! themes leave untranslated: `beranda`, `bagikan`, `komentar`, `leave`, `reply`. Prose has such words
//! too, but seldom side by side. They are few and the same on all sites, so they tell furniture on a
//! site whose own words no training page had.

use rustc_hash::FxHashMap;

/// What kind of furniture a word is a cue of; where a line has cues of several kinds, the first of
/// them in this order is what it is likely to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cue {
    /// Of readers' comments and the form for them: `Leave a Reply`, `Balas`.
    Comment,
    /// Of lists of other stories: `Baca juga`, `Terpopuler`, `Selengkapnya`.
    Related,
    /// Of passing the page on: `Bagikan`, names of networks.
    Sharing,
    /// Of advertisements.
    Advertisement,
    /// Of bylines, dates, tags and captions: `Penulis`, `Editor`, `Foto`, `WIB`.
    Metadata,
    /// Of shops: `Keranjang`, `Stok`.
    Shop,
    /// Of menus and of what stands at the foot: `Beranda`, `Tentang`, `Masuk`.
    Navigation,
}

/// The cues of each kind, in the order of [`Cue`].
const WORDS: [(Cue, &str); 7] = [
    (
        Cue::Comment,
        "anonim anonymous balas balasan batal berkata cancel comment comments kirim \
            komentar leave mengomentari nama name reply required responses says tanggapan \
            wajib website",
    ),
    (
        Cue::Related,
        "archive archives arsip article articles artikel artikels baca berita continue \
            headline juga kabar lainnya latest more news pilihan popular populer post \
            postingan posts read reading recent recommended rekomendasi related selengkapnya \
            simak sorotan terbaru terkait terkini terpopuler topik trending tulisan",
    ),
    (
        Cue::Sharing,
        "bagikan cetak copy email facebook fb ig instagram like link linkedin messenger pin \
            pinterest pocket print reddit salin share sharing tautan telegram threads tiktok \
            tumblr tweet twitter wa whatsapp youtube",
    ),
    (
        Cue::Advertisement,
        "ads adsense advertise advertisement advertisements beriklan iklan promo promosi \
            sponsor sponsored",
    ),
    (
        Cue::Metadata,
        "author by categories category date dibaca dilihat diperbarui diposting \
            dipublikasikan diterbitkan dok editor foto gambar image istimewa kali kategori \
            kontributor label labels menit mins minutes modified oleh penulis photo posted \
            posting published reporter source sumber tag tags tanggal terakhir update updated \
            views wartawan wib wit wita",
    ),
    (
        Cue::Shop,
        "bayar beli cart chat checkout diskon harga keranjang ongkir order pesan rating rp \
            sku stok tambah troli ulasan wishlist",
    ),
    (
        Cue::Navigation,
        "about accept account agenda akun alamat aplikasi app atas bantuan beranda \
            berikutnya berlangganan blog blogger career careers cari catalog cipta close \
            conditions contact cookie cookies copyright daftar dilindungi disclaimer download \
            events faq fax feed follow galeri gallery hak help home hotline hubungi ikuti \
            indeks index jaringan kanal karier karir katalog kebijakan keluar kembali \
            ketentuan kontak langganan layanan login logout masuk menu misi mitra navigasi \
            navigation network newer newsletter next older organisasi panduan partner pedoman \
            pencarian policy portofolio powered prev previous privacy privasi product products \
            produk profil profile redaksi register reserved rights rss scroll search \
            sebelumnya selanjutnya service services siber sign signup sitemap skip struktur \
            subscribe subscribed syarat telepon telp tema tentang terms testimoni theme toggle \
            toko top tutup unduh visi wordpress",
    ),
];

/// All cues, by the word in lower case.
pub fn cues() -> FxHashMap<&'static str, Cue> {
    let words = WORDS.iter().flat_map(|(cue, words)| {
        let words = words.split_whitespace();
        words.map(move |word| (word, *cue))
    });
    words.collect()
}

/// Which kinds of cues a line has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CueKinds(u8);

impl CueKinds {
    /// Cues of one kind.
    pub fn of(cue: Cue) -> Self {
        Self(1 << cue as u8)
    }

    /// One bit a kind, in the order of [`Cue`].
    pub fn bits(self) -> u8 {
        self.0
    }

    /// The kinds of these bits.
    pub fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// The kinds of both.
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The place of the first kind in [`Cue`] from 1, 0 without cues.
    pub fn first(self) -> usize {
        match self.0 {
            0 => 0,
            kinds => 1 + kinds.trailing_zeros() as usize,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_hold_no_word_twice() {
        let mut count = 0;
        for (place, (cue, words)) in WORDS.iter().enumerate() {
            assert_eq!(*cue as usize, place);
            let words: Vec<_> = words.split_whitespace().collect();
            assert!(words.is_sorted());
            count += words.len();
        }
        assert_eq!(cues().len(), count);
    }

    #[test]
    fn the_first_kind_of_a_line_counts() {
        let cues = cues();
        let kinds = |line: &str| {
            let found = line.split(' ').filter_map(|word| cues.get(word));
            found.fold(CueKinds::default(), |kinds, &cue| {
                kinds.with(CueKinds::of(cue))
            })
        };
        assert_eq!(kinds("stok beras naik").first(), 1 + Cue::Shop as usize);
        assert_eq!(kinds("panen raya").first(), 0);
        assert_eq!(
            kinds("leave a reply to beranda").first(),
            1 + Cue::Comment as usize
        );
    }
}
