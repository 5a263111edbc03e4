//! The judge: a compiler's own account of the types of some groups, read from the data of an object file.

use super::compiler::{Compiled, Compiler};
use super::elf::Symbols;
use super::ours::{FieldRow, TypeRows};
use super::rows::{Listed, What, listed};
use super::tree::Group;
use std::fmt::Write;

/// What the compiler said of one group.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// The facts.
    Rows(Vec<TypeRows>),
    /// It does not compile this.
    Refused(String),
}

/// Asks a compiler about each group; groups that it refuses are left out and the rest is asked again.
pub fn judge(compiler: &Compiler, groups: &[&Group]) -> Result<Vec<Verdict>, String> {
    let lists: Vec<Vec<Listed>> = groups.iter().map(|group| listed(group)).collect();
    let mut refused: Vec<Option<String>> = vec![None; groups.len()];
    loop {
        let mut text = String::new();
        // The line after each group's last one.
        let mut ends = Vec::with_capacity(groups.len());
        for (index, (group, list)) in groups.iter().zip(&lists).enumerate() {
            if refused[index].is_none() {
                text.push_str(&group.text());
                text.push_str(&questions(index, list));
            }
            ends.push(text.matches('\n').count() + 1);
        }
        match compiler.compile(&text)? {
            Compiled::Object(symbols) => {
                let answers =
                    lists.iter().zip(refused).enumerate().map(|(index, (list, refused))| match refused {
                        Some(message) => Ok(Verdict::Refused(message)),
                        None => answers(index, list, &symbols).map(Verdict::Rows),
                    });
                return answers.collect();
            }
            Compiled::Refused(lines, message) => {
                let mut dropped = false;
                for line in lines {
                    let group = ends.partition_point(|end| *end <= line);
                    if let Some(slot) = refused.get_mut(group).filter(|slot| slot.is_none()) {
                        *slot = Some(message.clone());
                        dropped = true;
                    }
                }
                if !dropped {
                    return Err(format!("{} refuses lines of no declaration: {message}", compiler.title));
                }
            }
        }
    }
}

/// C text that puts all answers into constant data: numbers into one array, bit-fields into objects with one member
/// set to all ones, and a call to an undefined function for each bit-field that can be negative.
fn questions(index: usize, list: &[Listed]) -> String {
    let (mut facts, mut objects, mut signs) = (String::new(), String::new(), String::new());
    let mut serial = 0;
    for of in list {
        let name = &of.name;
        let _ = write!(facts, "sizeof({name}), _Alignof({name}), ");
        if of.kind == "enum" {
            let _ = write!(facts, "(({name})-1 < 0), ");
        }
        for constant in &of.constants {
            let _ = write!(facts, "(unsigned long long)({constant}), (({constant}) < 0), ");
        }
        for field in &of.fields {
            let path = &field.path;
            if let What::Plain { .. } | What::Flexible = field.what {
                let _ = write!(facts, "__builtin_offsetof({name}, {path}), ");
            }
            let member = format!("((({name} *)0)->{path})");
            match field.what {
                What::Plain { integer } => {
                    let _ = write!(facts, "sizeof{member}, ");
                    if integer {
                        // The comma takes off `_Atomic`, to which clang casts nothing, and promotes nothing.
                        let _ = write!(facts, "((__typeof__((0, {member})))-1 < 0), ");
                    }
                }
                What::Flexible => {}
                What::Bits => {
                    let _ = write!(
                        objects,
                        "const {name} bits_{index}_{serial} = {{ .{path} = -1 }}; void signed_{index}_{serial}(void); "
                    );
                    let _ =
                        write!(signs, "if (bits_{index}_{serial}.{path} < 0) signed_{index}_{serial}(); ");
                    serial += 1;
                }
            }
        }
        facts.push('\n');
    }
    format!(
        "const unsigned long long facts_{index}[] = {{ {facts} 0 }};\n{objects}\nvoid signs_{index}(void) {{ {signs} }}\n"
    )
}

fn answers(index: usize, list: &[Listed], symbols: &Symbols) -> Result<Vec<TypeRows>, String> {
    let missing = |name: &str| format!("the object file has no data for {name}");
    let data = |name: String| symbols.get(&name).and_then(Option::as_ref).ok_or_else(|| missing(&name));
    let facts = data(format!("facts_{index}"))?;
    let mut words = facts
        .chunks_exact(8)
        .map(|word| word.iter().rev().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)));
    let mut next = || words.next().ok_or_else(|| missing("the last facts"));
    let mut serial = 0;
    let mut types = Vec::new();
    for of in list {
        let (size, align) = (next()?, next()?);
        let signed = if of.kind == "enum" { Some(next()? != 0) } else { None };
        let mut constants = Vec::new();
        for constant in &of.constants {
            let (bits, negative) = (next()?, next()? != 0);
            constants
                .push((constant.clone(), if negative { i128::from(bits as i64) } else { i128::from(bits) }));
        }
        let mut fields = Vec::new();
        for field in &of.fields {
            let mut row = FieldRow {
                path: field.path.clone(),
                offset: 0,
                size: None,
                bits: None,
                type_name: String::new(),
                signed: None,
            };
            match field.what {
                What::Plain { integer } => {
                    row.offset = next()?;
                    row.size = Some(next()?);
                    row.signed = if integer { Some(next()? != 0) } else { None };
                }
                What::Flexible => {
                    row.offset = next()?;
                    row.size = Some(0);
                }
                What::Bits => {
                    let (first, width) = ones(data(format!("bits_{index}_{serial}"))?)
                        .ok_or_else(|| format!("the bits of {} do not lie together", field.path))?;
                    row.offset = first / 8;
                    row.bits = Some(((first % 8) as u32, width));
                    row.signed = Some(symbols.contains_key(&format!("signed_{index}_{serial}")));
                    serial += 1;
                }
            }
            fields.push(row);
        }
        types.push(TypeRows { name: of.name.clone(), kind: of.kind, size, align, signed, constants, fields });
    }
    Ok(types)
}

/// The first bit that is set and how many there are, if they lie together.
pub fn ones(bytes: &[u8]) -> Option<(u64, u32)> {
    let is_set = |bit: u64| bytes[(bit / 8) as usize] >> (bit % 8) & 1 == 1;
    let end = bytes.len() as u64 * 8;
    let first = (0..end).find(|bit| is_set(*bit))?;
    let width = (first..end).take_while(|bit| is_set(*bit)).count() as u64;
    let more = (first + width..end).any(is_set);
    if more { None } else { Some((first, width as u32)) }
}

#[cfg(test)]
mod tests {
    use super::ones;

    #[test]
    fn a_run_of_ones_is_found_wherever_it_lies() {
        assert_eq!(ones(&[0b1110_0000, 0b0000_0001, 0]), Some((5, 4)));
        assert_eq!(ones(&[0xff; 16]), Some((0, 128)));
        assert_eq!(ones(&[0b0000_0101]), None);
        assert_eq!(ones(&[0, 0]), None);
    }
}
