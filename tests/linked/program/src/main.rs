//! Says what is linked in, or what is wrong with it.

#[cfg(feature = "named")]
keyway::link_plugins!(linked_plugin);

fn main() {
    match keyway::registration::linked() {
        Ok(plugins) => {
            for plugin in &plugins {
                println!("{} {}", plugin.krate, plugin.id);
            }
            println!("{} plugins, counted {}", plugins.len(), keyway::registration::counted());
        }
        Err(error) => {
            println!("error: {error}\nhelp: {}", error.help());
            std::process::exit(1);
        }
    }
}
