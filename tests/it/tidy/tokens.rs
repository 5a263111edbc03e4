//! Rust text, read as far as the house rules need it.

/// A word or a sign of Rust; comments and literals are none.
pub(super) struct Token {
    pub(super) line: usize,
    pub(super) text: String,
}

/// Rust text without its comments and the insides of its literals.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let letters: Vec<char> = text.chars().collect();
    let letter = |index: usize| letters.get(index).copied().unwrap_or('\0');
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let (mut tokens, mut line, mut index) = (Vec::new(), 1, 0);
    while index < letters.len() {
        let start = index;
        let mut literal = false;
        match letter(index) {
            '/' if letter(index + 1) == '/' => {
                while index < letters.len() && letter(index) != '\n' {
                    index += 1;
                }
                literal = true;
            }
            '/' if letter(index + 1) == '*' => {
                let mut open = 0;
                while index < letters.len() {
                    match (letter(index), letter(index + 1)) {
                        ('/', '*') => (open, index) = (open + 1, index + 2),
                        ('*', '/') => (open, index) = (open - 1, index + 2),
                        _ => index += 1,
                    }
                    if open == 0 {
                        break;
                    }
                }
                literal = true;
            }
            '"' => (index, literal) = (end_of_quote(&letters, index, '"'), true),
            '\'' if letter(index + 1) == '\\' || letter(index + 2) == '\'' => {
                (index, literal) = (end_of_quote(&letters, index, '\''), true);
            }
            first if is_word(first) => {
                while is_word(letter(index)) {
                    index += 1;
                }
                let prefix: String = letters[start..index].iter().collect();
                let mut quote = index;
                while letter(quote) == '#' {
                    quote += 1;
                }
                if matches!(&*prefix, "r" | "br" | "cr") && letter(quote) == '"' {
                    let close: Vec<char> = std::iter::once('"').chain((index..quote).map(|_| '#')).collect();
                    let end = (quote + 1..letters.len()).find(|&end| letters[end..].starts_with(&close));
                    (index, literal) = (end.map_or(letters.len(), |end| end + close.len()), true);
                }
            }
            ':' if letter(index + 1) == ':' => index += 2,
            _ => index += 1,
        }
        let piece = &letters[start..index.min(letters.len())];
        if !literal && !piece.iter().all(|letter| letter.is_whitespace()) {
            tokens.push(Token { line, text: piece.iter().collect() });
        }
        line += piece.iter().filter(|letter| **letter == '\n').count();
    }
    tokens
}

fn end_of_quote(letters: &[char], start: usize, quote: char) -> usize {
    let mut index = start + 1;
    while index < letters.len() && letters[index] != quote {
        index += if letters[index] == '\\' { 2 } else { 1 };
    }
    index + 1
}
