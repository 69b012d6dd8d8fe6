"""What systems compute from sound: pulse, pitch, timbre, texture, maps, pictures; arrays in, arrays out."""
