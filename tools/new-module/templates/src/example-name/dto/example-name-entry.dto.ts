import { ApiProperty } from '@nestjs/swagger';

export class ExampleNameEntryDto {
  @ApiProperty()
  readonly id!: string;

  @ApiProperty()
  readonly text!: string;

  @ApiProperty({ type: 'integer', minimum: 1, description: 'Grows with every change' })
  readonly version!: number;
}
