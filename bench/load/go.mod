module pushbench

go 1.22
