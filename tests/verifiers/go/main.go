// Verifies the log of an export with other people's code: golang.org/x/mod/sumdb's note and tlog,
// which also stand behind Go's checksum database. Exit 0: verified; 1: it does not verify.
//
// usage: verify FOLDER
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: verify FOLDER")
		os.Exit(2)
	}
	if err := verify(os.Args[1]); err != nil {
		fmt.Println("does not verify:", err)
		os.Exit(1)
	}
}

func verify(folder string) error {
	tree, origin, err := checkpoint(folder)
	if err != nil {
		return err
	}
	stored, err := leaves(folder, tree.N)
	if err != nil {
		return err
	}
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, 0, len(indexes))
		for _, index := range indexes {
			hashes = append(hashes, stored[index])
		}
		return hashes, nil
	})
	root, err := tlog.TreeHash(tree.N, read)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return errors.New("checkpoint: the entries give another root")
	}
	tiles, err := checkTiles(folder, tree, read)
	if err != nil {
		return err
	}
	if err := checkProofs(tree, stored, read); err != nil {
		return err
	}
	fmt.Printf("%s: %d entries, %d tiles, root %v\n", origin, tree.N, tiles, root)
	return nil
}

// The log key that the export's connector introduces itself with.
func logKey(folder string) (string, error) {
	text, err := os.ReadFile(filepath.Join(folder, "export.json"))
	if err != nil {
		return "", err
	}
	var index struct {
		Self          string
		Introductions []struct{ Payload []byte }
	}
	if err := json.Unmarshal(text, &index); err != nil {
		return "", err
	}
	for _, envelope := range index.Introductions {
		var one struct {
			Participant, Site string
			LogKey            string `json:"log_key"`
		}
		if err := json.Unmarshal(envelope.Payload, &one); err != nil {
			return "", err
		}
		if one.Participant+"/"+one.Site == index.Self {
			return one.LogKey, nil
		}
	}
	return "", errors.New("export.json: no introduction of its connector")
}

// The checkpoint, opened by that key. An em dash line, three lines of text.
func checkpoint(folder string) (tlog.Tree, string, error) {
	var none tlog.Tree
	key, err := logKey(folder)
	if err != nil {
		return none, "", err
	}
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return none, "", err
	}
	data, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return none, "", err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return none, "", err
	}
	if len(opened.UnverifiedSigs) > 0 {
		return none, "", errors.New("checkpoint: signed by others too")
	}
	tree, err := parse(opened.Text, verifier.Name())
	return tree, verifier.Name(), err
}

func parse(text, origin string) (tlog.Tree, error) {
	var tree tlog.Tree
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] != origin || lines[3] != "" {
		return tree, errors.New("checkpoint: three lines are expected, the first its origin")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] {
		return tree, errors.New("checkpoint: its size")
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tree, errors.New("checkpoint: its root")
	}
	tree.N = size
	copy(tree.Hash[:], root)
	return tree, nil
}

// All stored hashes in tlog's order, computed from the entries.
func leaves(folder string, size int64) ([]tlog.Hash, error) {
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, index := range indexes {
			hashes = append(hashes, stored[index])
		}
		return hashes, nil
	})
	for n := int64(0); n < size; {
		width := min(256, size-n)
		path := "tile/entries/" + name(n/256, width)
		data, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(path)))
		if err != nil {
			return nil, err
		}
		for i := int64(0); i < width; i++ {
			if len(data) < 2 || len(data) < 2+int(data[0])<<8+int(data[1]) {
				return nil, fmt.Errorf("%s: cut off", path)
			}
			end := 2 + (int(data[0])<<8 | int(data[1]))
			hashes, err := tlog.StoredHashes(n, data[2:end], read)
			if err != nil {
				return nil, err
			}
			stored = append(stored, hashes...)
			data = data[end:]
			n++
		}
		if len(data) > 0 {
			return nil, fmt.Errorf("%s: more than its entries", path)
		}
	}
	return stored, nil
}

func checkTiles(folder string, tree tlog.Tree, read tlog.HashReader) (int, error) {
	tiles := tlog.NewTiles(tileHeight, 0, tree.N)
	checked := 0
	for _, tile := range tiles {
		// NewTiles lists every full tile once, and partial ones of each width on the way.
		if tile.W < 256 && !lastPartial(tile, tree.N) {
			continue
		}
		want, err := tlog.ReadTileData(tile, read)
		if err != nil {
			return 0, err
		}
		path := fmt.Sprintf("tile/%d/%s", tile.L, name(tile.N, int64(tile.W)))
		got, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(path)))
		if err != nil {
			return 0, err
		}
		if !bytes.Equal(got, want) {
			return 0, fmt.Errorf("%s: not the hashes of what is below", path)
		}
		checked++
	}
	return checked, nil
}

func lastPartial(tile tlog.Tile, size int64) bool {
	hashes := size >> (tileHeight * tile.L)
	return tile.N == hashes/256 && int64(tile.W) == hashes%256
}

// Proofs of some entries, and of some earlier sizes, by tlog's own verification.
func checkProofs(tree tlog.Tree, stored []tlog.Hash, read tlog.HashReader) error {
	for n := int64(0); n < tree.N; n += 1 + tree.N/50 {
		proof, err := tlog.ProveRecord(tree.N, n, read)
		if err != nil {
			return err
		}
		leaf := stored[tlog.StoredHashIndex(0, n)]
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, n, leaf); err != nil {
			return err
		}
		older, err := tlog.TreeHash(n+1, read)
		if err != nil {
			return err
		}
		grown, err := tlog.ProveTree(tree.N, n+1, read)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(grown, tree.N, tree.Hash, n+1, older); err != nil {
			return err
		}
	}
	return nil
}

// C2SP tlog-tiles: x001/x234/067, with .p/W behind a partial one.
func name(index, width int64) string {
	text := fmt.Sprintf("%03d", index%1000)
	for index >= 1000 {
		index /= 1000
		text = fmt.Sprintf("x%03d/%s", index%1000, text)
	}
	if width < 256 {
		text += fmt.Sprintf(".p/%d", width)
	}
	return text
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}
